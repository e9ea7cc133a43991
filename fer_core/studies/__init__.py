"""Questions that one run answers: leaks, loss settings, other corpora, costs."""
