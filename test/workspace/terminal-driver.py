# A pseudo-terminal of a given size: passes on what a program shows, and does what lines of standard input say.
#   terminal-driver.py ROWS COLUMNS PROGRAM ARGUMENT...
# `size ROWS COLUMNS` changes the size; a mark in the output says since when. `type HEX` types bytes.
import fcntl
import os
import pty
import select
import struct
import sys
import termios


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))


def pass_on(fd):
    """Passes on what is there; false when the program has ended."""
    try:
        part = os.read(fd, 65536)
    except OSError:
        part = b''
    os.write(1, part)
    return part != b''


def obey(fd, line):
    word, *rest = line.split()
    if word == 'type':
        os.write(fd, bytes.fromhex(rest[0]))
        return
    while select.select([fd], [], [], 0)[0] and pass_on(fd):
        pass
    os.write(1, f'\033]size;{rest[0]};{rest[1]}\007'.encode())
    set_size(fd, *rest)


pid, terminal = pty.fork()
if pid == 0:
    set_size(0, sys.argv[1], sys.argv[2])
    os.execvp(sys.argv[3], sys.argv[3:])
heard = [terminal, 0]
while True:
    ready = select.select(heard, [], [])[0]
    if terminal in ready and not pass_on(terminal):
        break
    if 0 in ready:
        lines = os.read(0, 4096).decode().splitlines()
        for line in lines:
            obey(terminal, line)
        if not lines:
            heard.remove(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
