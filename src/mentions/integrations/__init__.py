"""Other libraries, one module each: what connects them to the moderator, and nothing more.

Where a platform saves texts, a :class:`~mentions.integrations.guard.Guard` says what a text must be to pass; an adapter only
turns a :class:`~mentions.integrations.guard.Refusal` into the errors of its framework. Data frames and SQL stand on
:mod:`mentions.integrations.arrow`. Each module needs its own package, which the extra of the same name installs; nothing is
imported before it is asked for.
"""
