"""Adapters that put the library where a platform saves or reads texts: one module for each framework, without logic.

What a text must be to pass is said by a :class:`~mentions.integrations.guard.Guard`; an adapter only turns a
:class:`~mentions.integrations.guard.Refusal` into the errors of its framework.
"""
