"""Recognisers: the recurrent one-vs-all classifiers, their numpy twin, and the bundle that ships them."""
