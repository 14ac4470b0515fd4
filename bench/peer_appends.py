"""Durable appends as one writes them with SQLAlchemy: a session and a commit per arrival, from many threads.

    peer_appends.py FILE THREADS SECONDS

The table, the payload, the unique key and the settings of SQLite (WAL, synchronous=FULL) are those of
`crates/store/examples/inbox_appends.rs`; it prints the same line.
"""

import json
import os
import sys
import threading
import time

from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Arrival(Base):
    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("source", "dedupe_key"),)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    dedupe_key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)


def main(path, threads, seconds):
    engine = create_engine(f"sqlite:///{path}", pool_size=threads, max_overflow=0, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def durable(connection, _):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    Base.metadata.create_all(engine)
    times, lock, until = [], threading.Lock(), time.perf_counter() + seconds

    def work(lane):
        own, number = [], 0
        while time.perf_counter() < until:
            started = time.perf_counter()
            with Session(engine) as session:
                session.add(
                    Arrival(
                        id=f"{lane:06}-{number:020}",
                        source="bench",
                        dedupe_key=f"{lane}-{number}",
                        kind="contact.updated",
                        payload=b"\x5a" * 700,
                        received_at=0,
                        state="waiting",
                    )
                )
                session.commit()
            own.append(time.perf_counter() - started)
            number += 1
        with lock:
            times.extend(own)

    started = time.perf_counter()
    lanes = [threading.Thread(target=work, args=(lane,)) for lane in range(threads)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    took = time.perf_counter() - started
    times.sort()
    at = lambda share: 1e3 * times[int((len(times) - 1) * share)]
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT COUNT(*) FROM inbox").scalar()
    print(json.dumps({"appends": len(times), "rows": rows, "per_second": len(times) / took, "p50_ms": at(0.5), "p99_ms": at(0.99)}))


if __name__ == "__main__":
    # Threads that wait for SQLite's lock must not be taken for a hang.
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)
