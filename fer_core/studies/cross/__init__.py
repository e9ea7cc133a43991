"""One recogniser judged on another corpus."""
