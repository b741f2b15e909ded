"""People and how they are known: accounts, passwords, sign-ins, tokens, links, roles.

Verbs take (session, actor, …). Those that check or make a password take the engine instead and open
their own transactions: hashing takes a tenth of a second on purpose, and no transaction may hold the
database meanwhile.
"""
