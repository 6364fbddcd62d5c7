"""The tests of the pages' JavaScript, and the server that some of them talk to."""
