"""Become another program that ends with its parent, as another user if asked to.

    launch --parent PID [--signal N] [--user UID:GID] [--reach] -- PROGRAM ...

PostgreSQL refuses to run as root, yet a container is often root and the checkout below /root,
which no other user may enter. `--reach` keeps one capability over the change of user: to read and
enter directories (CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE, which Docker grants by default).
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522

WAY_OUT = (
    "root in this container may not start PostgreSQL as another user: set DATABASE_URL, "
    "run as an ordinary user, or keep the checkout and DATA_DIR out of root's home"
)

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, default=signal.SIGTERM)
    parser.add_argument("--user")
    parser.add_argument("--reach", action="store_true")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()

    if options.user:
        uid, gid = (int(part) for part in options.user.split(":"))
        try:
            change_user(uid, gid, reach=options.reach)
        except PermissionError as error:
            sys.exit(f"{WAY_OUT} ({error})")
    end_with_parent(options.parent, options.signal)
    os.execv(options.program[0], options.program)  # noqa: S606


def end_with_parent(parent: int, number: int) -> None:
    """Have the kernel send `number` when the parent ends, however it ends."""
    _call(libc.prctl, PR_SET_PDEATHSIG, number, 0, 0, 0)  # a change of user would have cleared it
    if os.getppid() != parent:  # it ended before the call
        sys.exit(1)


def change_user(uid: int, gid: int, *, reach: bool) -> None:
    capability = _reaching_capability() if reach else None
    if capability is not None:
        # With the fixup, access() would ignore the capability: it is made for set-user-ID programs.
        _call(libc.prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        _keep_only(capability)
    os.umask(0o077)
    os.chdir("/")


def _reaching_capability() -> int:
    with open("/proc/self/status") as status:
        permitted = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if permitted & (1 << capability):
            return capability
    sys.exit(WAY_OUT)


def _keep_only(capability: int) -> None:
    """Drop every capability but one, and let the program we become inherit that one."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    mask = 1 << capability
    # effective, permitted, inheritable: the low 32 bits, then the high ones
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _call(libc.capset, header, data)
    _call(libc.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> None:
    if function(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), getattr(function, "__name__", None))


if __name__ == "__main__":
    main()
