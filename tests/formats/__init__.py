"""Every pair of formats that an engine offers, tried: `make test-formats`."""
