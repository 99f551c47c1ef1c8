"""What was found, in the formats that other tools read: SARIF, JUnit XML, GitHub annotations, and a page of scores.

Each is a module that turns findings or results into one string; none reads a text or decides anything.
"""
