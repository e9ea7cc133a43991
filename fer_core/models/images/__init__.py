"""Recognisers of still images: the models of three studies, in one registry that loads no Keras."""
