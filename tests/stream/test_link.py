"""Links: windows, time-outs, lost connections; nothing is lost that should not be, and counts reconcile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from kenali.errors import KenaliError
from kenali.stream.address import parse_address
from kenali.stream.curve import client_keys, hub_keys, make_keys
from kenali.stream.link import HubLink, Link, PublishedLink
from kenali.stream.values import Frame, Policy, Stamp
from kenali.stream.wire import Acknowledgement, pack_acknowledgement
from tests.conftest import encoded, picture
from tests.stream.receiving import kenali_reply, receiving

JPEG = encoded(picture(1, (24, 40)))


def frame(sequence: int) -> Frame:
    return Frame(Stamp("door", "0123abcd", sequence, 0), JPEG, (24, 40), policy=Policy("all"))


def until(done: Callable[[], bool], link: Link, within_s: float = 60.0) -> None:
    """Attend to the link until `done`, which fails the test where it takes too long."""
    end = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < end, "it took too long"
        link.attend()
        time.sleep(0.002)


def send_all(link: Link, numbers: range) -> None:
    for number in numbers:
        until(lambda: link.ready, link)
        link.send(frame(number))
    until(lambda: link.in_flight == 0, link)


def test_the_window_opens_as_far_as_the_hub_offers(context: zmq.SyncContext) -> None:
    under_way: list[int] = []
    released = threading.Event()

    def held(seen: Frame) -> list[bytes] | None:
        assert seen.stamp.sequence == 0 or released.wait(10)
        return kenali_reply(seen)

    with receiving(held) as hub:
        link = HubLink(context, hub.address, lambda sentence: None, window=3)
        until(lambda: link.ready, link)
        link.send(frame(0))
        assert not link.ready  # one frame, until the hub has said how many it takes
        until(lambda: link.in_flight == 0, link)
        while len(under_way) < 3:
            until(lambda: link.ready, link)
            link.send(frame(len(under_way) + 1))
            under_way.append(link.in_flight)
        link.attend()
        assert under_way == [1, 2, 3]
        assert not link.ready
        released.set()
        until(lambda: link.in_flight == 0, link)
        link.close()
    assert link.counts.sent == link.counts.acknowledged == 4
    assert [seen.stamp.sequence for seen in hub.frames] == [0, 1, 2, 3]


def test_a_plain_hub_gets_one_frame_at_a_time(context: zmq.SyncContext) -> None:
    with receiving(lambda seen: [b"OK"]) as hub:
        link = HubLink(context, hub.address, lambda sentence: None)
        send_all(link, range(3))
        link.send(frame(3))
        assert not link.ready
        until(lambda: link.in_flight == 0, link)
        link.close()
    assert link.counts.acknowledged == 4


def test_a_frame_without_a_reply_is_sent_again_under_its_number(context: zmq.SyncContext) -> None:
    silent = iter([True, True, False, False])
    with receiving(lambda seen: None if next(silent) else kenali_reply(seen)) as hub:
        link = HubLink(context, hub.address, lambda sentence: None, timeout_s=0.2, resend=True)
        send_all(link, range(2))
        link.close()
    assert [seen.stamp.sequence for seen in hub.frames] == [0, 0, 0, 1]
    assert (link.counts.sent, link.counts.acknowledged, link.counts.lost, link.counts.resent) == (2, 2, 0, 2)
    assert link.counts.remade == 2


def test_what_a_hub_has_no_room_for_is_sent_again_while_others_flow(context: zmq.SyncContext) -> None:
    refused = iter([True, True])

    def full_at_first(seen: Frame) -> list[bytes]:
        full = seen.stamp.sequence == 1 and next(refused, False)
        return pack_acknowledgement(Acknowledgement(seen.stamp.session, seen.stamp.sequence, 4, "refused" if full else "taken"))

    with receiving(full_at_first) as hub:
        link = HubLink(context, hub.address, lambda sentence: None, timeout_s=60, resend=True)
        send_all(link, range(6))
        link.close()
    numbers = [seen.stamp.sequence for seen in hub.frames]
    assert sorted(numbers) == [0, 1, 1, 1, 2, 3, 4, 5]
    assert (link.counts.sent, link.counts.acknowledged, link.counts.resent, link.counts.remade) == (6, 6, 2, 0)


def test_without_resending_it_is_lost(context: zmq.SyncContext) -> None:
    silent = iter([True, False])
    with receiving(lambda seen: None if next(silent) else kenali_reply(seen)) as hub:
        link = HubLink(context, hub.address, lambda sentence: None, timeout_s=0.2)
        send_all(link, range(2))
        link.close()
    assert [seen.stamp.sequence for seen in hub.frames] == [0, 1]
    assert (link.counts.sent, link.counts.acknowledged, link.counts.lost) == (2, 1, 1)


def test_a_hub_that_restarts_gets_what_the_earlier_one_did_not_acknowledge(context: zmq.SyncContext) -> None:
    said: list[str] = []
    with receiving(lambda seen: None) as first:
        link = HubLink(context, first.address, said.append, timeout_s=60, resend=True)
        until(lambda: link.ready, link)
        link.send(frame(0))
        until(first.arrived.is_set, link)
    until(lambda: not link.ready and any("is lost" in sentence for sentence in said), link)
    with receiving(place=first.address.url) as second:
        until(lambda: link.in_flight == 0, link)
        send_all(link, range(1, 3))
    link.close()
    assert [seen.stamp.sequence for seen in second.frames] == [0, 1, 2]
    assert link.counts.resent == 1


def test_a_hub_that_comes_late_is_found(context: zmq.SyncContext) -> None:
    with receiving() as earlier:
        address = earlier.address
    link = HubLink(context, address, lambda sentence: None)
    link.attend()
    assert not link.ready
    with receiving(place=address.url) as hub:
        send_all(link, range(1))
        assert len(hub.frames) == 1
    link.close()


def test_encrypted_links(context: zmq.SyncContext, tmp_path: Path) -> None:
    make_keys(tmp_path / "ours")
    make_keys(tmp_path / "theirs")
    said: list[str] = []
    with receiving(keys=hub_keys(tmp_path / "ours")) as hub:
        link = HubLink(context, hub.address, said.append, keys=client_keys(tmp_path / "ours"))
        send_all(link, range(2))
        link.close()
        assert len(hub.frames) == 2
        stranger = HubLink(context, hub.address, said.append, keys=client_keys(tmp_path / "theirs"))
        until(lambda: any("--curve" in sentence for sentence in said), stranger)
        end = time.monotonic() + 0.4
        until(lambda: time.monotonic() > end, stranger)
        assert not stranger.ready
        assert sum("--curve" in sentence for sentence in said) == 1  # said once, however often it is tried
        assert not any("is lost" in sentence for sentence in said)
        (tmp_path / "ours" / "hub" / "clients" / "client.key").unlink()
        said.clear()
        shut_out = HubLink(context, hub.address, said.append, keys=client_keys(tmp_path / "ours"))
        until(lambda: any("--curve" in sentence for sentence in said), shut_out)
        assert not shut_out.ready
        shut_out.close()
        stranger.close()


def test_publishing_waits_for_the_first_subscriber(context: zmq.SyncContext) -> None:
    link = PublishedLink(context, parse_address("127.0.0.1:*"), lambda sentence: None)
    link.attend()
    assert not link.ready
    viewer = context.socket(zmq.SUB)
    viewer.subscribe(b"")
    viewer.connect(link.url)
    until(lambda: link.ready, link)
    link.send(frame(5))
    assert viewer.poll(5000)
    assert len(viewer.recv_multipart()) == 2
    viewer.close()
    until(lambda: not link.ready, link)
    link.close()


def test_an_address_that_is_taken_is_told(context: zmq.SyncContext) -> None:
    link = PublishedLink(context, parse_address("127.0.0.1:*"), lambda sentence: None)
    with pytest.raises(KenaliError, match="cannot listen"):
        PublishedLink(context, parse_address(link.url), lambda sentence: None)
    link.close()
