import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeFrame } from "../testing/frame";
import { type Connection, isFinal, RunSocket, waitBound } from "./socket";

/** A websocket of which the test plays the server. */
class FakeWebSocket {
  static readonly OPEN = 1;
  static made: FakeWebSocket[] = [];
  readyState = 0;
  binaryType = "";
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  open(): void {
    this.readyState = FakeWebSocket.OPEN;
    this.onopen?.();
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }
}

const connections: Connection[] = [];
let session: string | null = null;

function listen(): RunSocket {
  return new RunSocket(
    {
      address: () => (session === null ? "ws://here/ws" : `ws://here/ws?session=${session}`),
      onMessage: (message) => {
        if (message.op === "hello") session = message.session;
      },
      onFrame: () => {},
      onConnection: (connection) => connections.push(connection),
    },
    () => 1,
  );
}

const newest = (): FakeWebSocket => FakeWebSocket.made.at(-1) as FakeWebSocket;
const hello = JSON.stringify({ op: "hello", session: "abc" });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  FakeWebSocket.made = [];
  connections.length = 0;
  session = null;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a socket", () => {
  test("comes back with its session after a loss, waiting longer each time", () => {
    listen().connect();
    newest().open();
    newest().onmessage?.({ data: hello });
    newest().close();
    expect(connections.at(-1)).toMatchObject({ kind: "waiting", attempt: 1 });
    vi.advanceTimersByTime(waitBound(1));
    expect(newest().url).toBe("ws://here/ws?session=abc");
    newest().close();
    vi.advanceTimersByTime(waitBound(2) - 1);
    expect(FakeWebSocket.made).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.made).toHaveLength(3);
  });

  test("waits at most 15 s, and starts again from half a second once greeted", () => {
    expect([1, 2, 3, 20].map(waitBound)).toEqual([500, 1000, 2000, 15_000]);
    listen().connect();
    newest().close();
    vi.advanceTimersByTime(waitBound(1));
    newest().open();
    newest().onmessage?.({ data: hello });
    newest().close();
    expect(connections.at(-1)).toMatchObject({ kind: "waiting", attempt: 1 });
  });

  test("waits longer and longer for a server that opens the line and says nothing", () => {
    listen().connect();
    for (const attempt of [1, 2, 3]) {
      newest().open();
      newest().close();
      expect(connections.at(-1)).toMatchObject({ kind: "waiting", attempt });
      vi.advanceTimersByTime(waitBound(attempt));
    }
    newest().open();
    newest().onmessage?.({ data: hello });
    newest().close();
    expect(connections.at(-1)).toMatchObject({ kind: "waiting", attempt: 1 });
  });

  test.each([1003, 1007, 1008, 1009, 4408])("does not try again after %i, which would only repeat itself", (code) => {
    expect(isFinal(code)).toBe(true);
    listen().connect();
    newest().open();
    newest().close(code);
    expect(connections.at(-1)?.kind).toBe("ended");
    vi.advanceTimersByTime(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test.each([1000, 1006, 1012, 1013])("tries again after %i", (code) => expect(isFinal(code)).toBe(false));

  test("acknowledges every frame when it arrives, drawn or not", () => {
    listen().connect();
    newest().open();
    newest().onmessage?.({ data: encodeFrame({ seq: 5 }) });
    expect(newest().sent).toEqual([JSON.stringify({ op: "ack", seq: 5 })]);
  });

  test("takes silence for a dead line, and words of an old line for nothing", () => {
    listen().connect();
    const first = newest();
    first.open();
    vi.advanceTimersByTime(20_000);
    expect(connections.at(-1)?.kind).toBe("waiting");
    vi.advanceTimersByTime(waitBound(1));
    first.onmessage?.({ data: hello });
    expect(session).toBeNull();
  });

  test("sends nothing while there is no line", () => {
    const socket = listen();
    expect(socket.send({ op: "play" })).toBe(false);
    socket.connect();
    expect(socket.send({ op: "play" })).toBe(false);
    newest().open();
    expect(socket.send({ op: "play" })).toBe(true);
  });
});
