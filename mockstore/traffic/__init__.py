"""The requests that clients sent: the journal, faults for the next replies, and the rules for importers."""
