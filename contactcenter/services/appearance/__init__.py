"""How the place looks: six values that a municipality chooses, their contrast, their stylesheet, and its picture.

The six are the name that is shown, the colour of the house and what stands on it, both again for the dark, and how
round corners are. Everything else of that colour (tints, hover, links) follows from them and cannot be chosen badly.
"""
