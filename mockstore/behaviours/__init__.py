"""Other ways to answer: profiles of the real add-on, variants that are right, defects that are wrong."""
