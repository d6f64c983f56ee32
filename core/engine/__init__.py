"""The processes that compute, apart from the window, so that nothing that happens there can take it along."""
