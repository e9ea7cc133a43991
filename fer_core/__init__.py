"""FER Lab's core: from a folder of face clips to a recogniser and the evidence about it.

Nothing in this package imports Streamlit, and importing it imports neither
TensorFlow nor MediaPipe: each is loaded by the one module that needs it.
"""

__version__ = "0.1.0"
