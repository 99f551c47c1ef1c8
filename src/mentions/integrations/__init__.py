"""Other libraries, one module each: what connects them to the moderator, and nothing more.

Each needs its own package, which the extra of the same name installs; nothing is imported before it is asked for.
"""
