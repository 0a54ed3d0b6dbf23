"""All settings of the organisation as one file that people can read, and back again.

`export.write` gives the bytes; `parse.read` checks the shape of such bytes without a database, `plan.make` compares
them with what is stored, `apply.carry_out` writes the difference. Slugs, and other unique names, are the identity.

What the file says is made so; what it does not mention (an object, or one key of an object) is left as it is, and
nothing is ever deleted. Lists belong to their object and are replaced whole. Agents, their rights, passwords and tokens
are never in the file: a right is given by a person to a person. The same file twice changes nothing the second time.
"""
