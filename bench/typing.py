"""`python bench/typing.py` is `python bench/keystrokes.py`.

Imported by a script beside it, it gives way to the standard library's module of that name, which it would hide.
"""

import os
import sys

if __name__ == "__main__":
    import keystrokes

    sys.exit(keystrokes.main())
else:
    from importlib.util import module_from_spec, spec_from_file_location

    # Not by pathlib, which may want this very module.
    path = os.path.join(os.path.dirname(os.__file__), "typing.py")  # noqa: PTH118, PTH120
    spec = spec_from_file_location(__name__, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[__name__] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[__name__])
