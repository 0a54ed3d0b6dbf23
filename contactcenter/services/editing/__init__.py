"""What an administrator edits: kinds of settings, each read, checked, previewed, saved and remembered the same way.

An object of a kind (a team, a topic, …) has one *state*: plain data in which other objects are named by their slug.
The form, the comparison with what it was, the history and the fingerprint against stale edits are all made of it.

To add a kind:

1. Write a module here with a subclass of `kind.Kind`: its table, its words, and `fields()`. A field that is named like
   a column is read and written by itself; one named in `references` is a row id in the column `<name>_id`.
2. Say in `effects()` what a change touches ("12 open tickets that you see use it"; tickets are counted by
   `usage.open_tickets`, as the reader may see them). Whoever saves sees it first. Nothing said means nothing is
   touched, and the change is saved at once. `check()` refuses what no field can see by itself.
3. Name it in `register.KINDS`. List, search, form, preview, history, addresses and authorisation follow.
4. A table that is not saved through `change.save` must call `change.record` in the transaction of its change.

A page that is no list (a picture, a file) is a view of its own: give it an entry in `web.settings_frame.pages`, render
`pages/settings.html` with `settings_frame.frame(…)`, and extend its block `setting`.
"""
