"""The road to a database or a stream, each in a process of its own: whatever else a test does takes no time from it."""

import multiprocessing
import multiprocessing.managers
import socket
import threading
import urllib.parse

import headwater as hw


class Road:
    """Stands before a database or a stream: it can be cut, carry nothing, or keep the answer of a COMMIT to itself."""

    def __init__(self, url):
        parts = urllib.parse.urlparse(url)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        user = f"{parts.username}@" if parts.username else ""
        self.address = parts._replace(netloc=f"{user}127.0.0.1:{port}").geturl()
        self.is_cut = False
        self.flows = threading.Event()
        self.flows.set()
        self.silences = 0
        self.lock = threading.Lock()
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self):
        """Where it begins."""
        return self.address

    def cut(self):
        """Ends what goes over it, and whatever comes until it is mended."""
        with self.lock:
            self.is_cut = True
            self.end(self.open)

    def mend(self):
        """Carries again what comes from now on."""
        self.is_cut = False

    def block(self):
        """Carries nothing until it is free again; connections stay."""
        self.flows.clear()

    def free(self):
        self.flows.set()

    def keep_an_answer(self):
        """Carries the next COMMIT, and no answer to it."""
        with self.lock:
            self.silences += 1

    def kill(self):
        self.listener.close()
        self.flows.set()
        self.cut()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            with self.lock:
                self.open |= {client, server}
                if self.is_cut:
                    self.end([client, server])
            silent = threading.Event()
            for source, sink, is_client in [(client, server, True), (server, client, False)]:
                threading.Thread(target=self.carry, args=(source, sink, is_client, silent), daemon=True).start()

    @staticmethod
    def end(ends):
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended.

    def carry(self, source, sink, is_client, silent):
        try:
            while data := source.recv(1 << 16):
                self.flows.wait()
                # The message that binds the statement of that name to no portal's.
                if is_client and b"\0commit\0" in data and self.takes_silence():
                    silent.set()
                if is_client or not silent.is_set():
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            # The other end learns of it, and whoever waits for its words.
            with self.lock:
                self.open -= {source, sink}
                self.end([source, sink])
            source.close()
            sink.close()

    def takes_silence(self):
        with self.lock:
            taken = self.silences > 0
            self.silences -= taken
            return taken


class SlowRoad(hw.SlowRoad):
    def url(self):
        """Where it begins."""
        return self.endpoint


class Builder(multiprocessing.managers.BaseManager):
    """A process in which a road is; it ends with whoever holds the road."""


Builder.register("Road", Road)
Builder.register("SlowRoad", SlowRoad)


def builder():
    started = Builder(ctx=multiprocessing.get_context("spawn"))
    started.start()
    return started


def road_to(url):
    """A road to what is at that URL, in a process of its own."""
    return builder().Road(url)


def slow_road_to(endpoint):
    """A road to an endpoint over which requests arrive even when their sender has gone, in a process of its own."""
    return builder().SlowRoad(endpoint)
