"""Territories: one folder of plain files a district, and what prepares the one that Minhu ships."""
