"""What each command does: parses its options and hands over; heavy imports happen where the work is."""
