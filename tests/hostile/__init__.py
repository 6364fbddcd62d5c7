"""Engines that misbehave and files that want harm, in the real sandbox: nothing outside is read, written or dialled."""
