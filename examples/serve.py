"""`make serve`: the trial product on a production-like server, until SIGINT or SIGTERM. See trial/serving.py."""

import signal
import sys

if __name__ == "__mp_main__":
    # A worker process being born: ctrl-c reaches it too, but it is for its parent to hear.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from trial.serving import end_with_server

    end_with_server()

if __name__ == "__main__":
    from trial.serving import main

    sys.exit(main())
