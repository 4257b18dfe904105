"""A tournament of forms: each is fitted on all cases but one and predicts the one (``lawshock validate``)."""
