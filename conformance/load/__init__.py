"""Load: many ShipStations that poll and notify one endpoint, driven by Locust, each reply checked."""
