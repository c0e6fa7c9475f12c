"""Prepares the territory of Fuyang from the facts in its folder: same facts, same bytes.

    facts/places.csv     official names and codes      ┐   units.csv       the tree with points
    facts/outline.geojson  the district's outline      ├─► landmarks.csv   known and generated places
    facts/known_places.csv  well-known real places     │   cells.geojson   the microgrids' polygons
    facts/old_names.csv  what towns were called before ┘

The other files of the folder are kept by hand; `names` makes gazetteers for measuring. What is made up, and why, stands
in SOURCES.md.
"""
