"""The one exception of the sandbox. Its text names the file or command, the value, and what to do next."""


class SandboxError(RuntimeError):
    """The sandbox cannot do what was asked."""
