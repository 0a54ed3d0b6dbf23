"""The tables of revision 0001 by family, frozen: later changes are revisions of their own."""
