"""Contacts of markets as one writes them with FastAPI and SQLAlchemy: a SQLite file per market, a key per caller.

    PEER_DATA=DIR uvicorn peer_contacts:app

It keeps names, e-mails and phones as plain text; it seals nothing, keeps no audit chain and no answers for repeated requests.
Reads and writes have the shapes of the hub's API. The settings of SQLite are the hub's: WAL, synchronous=FULL.
"""

import hashlib
import os
import uuid
from datetime import datetime, timezone
from pathlib import Path

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import BigInteger, Text, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

DATA = Path(os.environ["PEER_DATA"])


class Base(DeclarativeBase):
    pass


class Key(Base):
    __tablename__ = "api_key"
    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    market: Mapped[str] = mapped_column(Text)


class Contact(Base):
    __tablename__ = "contact"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text, index=True)
    phone: Mapped[str | None] = mapped_column(Text, index=True)
    stage: Mapped[str] = mapped_column(Text)
    created_at: Mapped[str] = mapped_column(Text)


class Shown(BaseModel):
    id: str
    version: int
    name: str | None
    email: str | None
    phone: str | None
    stage: str
    created_at: str


class Draft(BaseModel):
    name: str | None = None
    email: str | None = None
    phone: str | None = None


engines = {}


def engine(market):
    if market not in engines:
        made = create_engine(f"sqlite:///{DATA / market}.db", pool_size=4, max_overflow=40, connect_args={"timeout": 60})

        @event.listens_for(made, "connect")
        def durable(connection, _):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

        Base.metadata.create_all(made)
        engines[market] = made
    return engines[market]


def session(market: str, authorization: str = Header()):
    secret = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    with Session(engine("hub")) as hub:
        key = hub.get(Key, secret)
        if key is None or key.market != market:
            raise HTTPException(404)
    with Session(engine(market)) as opened:
        yield opened


app = FastAPI()


@app.get("/api/v1/markets/{market}/contacts/{id}")
def show(id: str, on: Session = Depends(session)) -> Shown:
    contact = on.scalar(select(Contact).where(Contact.id == id))
    if contact is None:
        raise HTTPException(404)
    return Shown.model_validate(contact, from_attributes=True)


@app.post("/api/v1/markets/{market}/contacts", status_code=201)
def create(draft: Draft, on: Session = Depends(session)) -> Shown:
    now = datetime.now(timezone.utc).isoformat()
    contact = Contact(id=uuid.uuid4().hex, version=1, stage="new", created_at=now, **draft.model_dump())
    on.add(contact)
    on.commit()
    return Shown.model_validate(contact, from_attributes=True)


@app.put("/bench/keys/{market}/{secret}")
def allow(market: str, secret: str) -> None:
    with Session(engine("hub")) as hub:
        hub.add(Key(hash=hashlib.sha256(secret.encode()).hexdigest(), market=market))
        hub.commit()
