"""Masts of a study from all lists."""

import numpy as np
from toy import corner, county, reading, settled

from layers.masts import listed_masts, masts
from layers.parameters import shipped
from layers.postcodes import gazetteer
from layers.rating_list import RatingList
from layers.transport import telecom


def test_the_studys_own_list_comes_first_and_keeps_its_heights():
    x, y = corner(1, 1)
    osm = reading("osm_xml", {"osm_id": ["node/1", "node/2"], "kind": "mast", "name": "", "easting": [x + 30, x + 400], "northing": y, "height_m": [np.nan, 15.0], "material": "", "owner": ""}, detail="features")  # fmt: skip
    own = reading("mast_list", {"mast_id": ["M1", "M2"], "height_m": [27.5, np.nan], "easting": [x, x + 90_000], "northing": y})  # fmt: skip
    book, base = county(osm, own)
    listed = listed_masts(book, base, shipped())
    known = telecom(book, base, shipped(), None, listed)["masts"]
    found = masts(base, shipped(), listed, known, RatingList(book), gazetteer(book))
    assert found["id"].str.split(":").str[0].tolist() == ["mast", "osm"]
    assert found["height_m"].tolist() == [27.5, 15.0]
    assert settled(book, osm).set_aside == {"the same mast as in the study's own list (within 50 m)": 1}  # fmt: skip
    assert settled(book, own).set_aside == {"more than 2,000 m outside the study area": 1}
