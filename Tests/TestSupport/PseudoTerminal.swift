import Foundation

/// A terminal that no one sits at: a program that writes to it takes it for a real one.
enum PseudoTerminal {
    struct Failed: Error { let code: Int32 }

    /// The end to read and the end to give to a program. Line ends stay as they are written.
    static func make(columns: Int, rows: Int) throws -> (read: Int32, write: Int32) {
        let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        guard main >= 0 else { throw Failed(code: errno) }
        let terminal = open(try name(of: main), O_RDWR | O_NOCTTY)
        guard terminal >= 0 else { throw Failed(code: errno) }
        for end in [main, terminal] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var settings = termios()
        tcgetattr(terminal, &settings)
        settings.c_oflag &= ~tcflag_t(OPOST)
        tcsetattr(terminal, TCSANOW, &settings)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0 else { throw Failed(code: errno) }
        return (main, terminal)
    }

    /// The path of a new terminal's other end.
    private static func name(of main: Int32) throws -> String {
        #if os(Linux)
        // Swift's Glibc does not have grantpt and its relatives; these are the requests beneath them.
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
        var (lock, number): (Int32, UInt32) = (0, 0)
        guard ioctl(main, setLock, &lock) == 0, ioctl(main, getNumber, &number) == 0 else { throw Failed(code: errno) }
        return "/dev/pts/\(number)"
        #else
        guard grantpt(main) == 0, unlockpt(main) == 0, let name = ptsname(main) else { throw Failed(code: errno) }
        return String(cString: name)
        #endif
    }
}
