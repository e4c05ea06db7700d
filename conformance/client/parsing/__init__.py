"""From the bytes of a reply to what ShipStation would understand, tolerant of every conforming form."""
