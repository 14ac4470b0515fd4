"""GoHighLevel's webhooks received as one writes it with FastAPI and SQLAlchemy: verified, kept, answered.

    PEER_DATA=DIR PEER_KEY=BASE64 uvicorn peer_webhooks:app

The signature is verified by `cryptography` (OpenSSL), the event kept as it came, once per `webhookId`, in one table of one SQLite
database with the hub's settings (WAL, synchronous=FULL). It seals nothing and knows one market.
"""

import base64
import json
import os
import time
import uuid
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from fastapi import FastAPI, Request, Response
from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from starlette.concurrency import run_in_threadpool

KEY = load_der_public_key(base64.b64decode(os.environ["PEER_KEY"]))


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


engine = create_engine(
    f"sqlite:///{Path(os.environ['PEER_DATA']) / 'peer.db'}", pool_size=40, connect_args={"timeout": 60}
)


@event.listens_for(engine, "connect")
def durable(connection, _):
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


Base.metadata.create_all(engine)
app = FastAPI()


def keep(body):
    told = json.loads(body)
    row = dict(
        id=uuid.uuid4().hex,
        source="webhook.gohighlevel",
        dedupe_key=told["webhookId"],
        kind=told["type"],
        payload=body,
        received_at=time.time_ns() // 1000,
        state="waiting",
    )
    with Session(engine) as session:
        session.execute(insert(Arrival).values(row).on_conflict_do_nothing())
        session.commit()


@app.post("/webhooks/ghl")
async def receive(request: Request):
    body = await request.body()
    try:
        KEY.verify(base64.b64decode(request.headers.get("x-ghl-signature", "")), body)
    except (InvalidSignature, ValueError):
        return Response(status_code=401)
    await run_in_threadpool(keep, body)
    return Response(status_code=200)
