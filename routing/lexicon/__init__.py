"""What routing knows of the language itself, whatever the organisation: danger, haste, sensitive content.

Each list is text: phrases separated by `;` or a new line, written as `routing.phrases` explains.
"""
