"""Words that all parts share: requirement, verdict, finding, error, event. No part of it sends, reads or prints."""
