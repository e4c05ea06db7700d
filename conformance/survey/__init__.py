"""What a run asks of a target before it judges: the windows and pages that most requirements share, and specimens."""
