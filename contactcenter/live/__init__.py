"""The live view: hints over Socket.IO that a ticket has changed, and who else has it open."""
