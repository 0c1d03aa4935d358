/**
 * The one websocket: decodes what arrives, acknowledges frames, and comes back after a loss.
 *
 * It knows nothing of runs. Waiting before a new attempt is drawn at random between 0 and a bound that doubles from 0.5 s to
 * 15 s ("full jitter"), so that a classroom does not return all at once.
 */

import { decodeFrame, type Frame } from "./frames";
import type { ClientMessage, ServerMessage } from "./generated";

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** `reason`: what the server said as it closed; `isGreeted`: whether it had let the page in before. */
  | { readonly kind: "waiting"; readonly attempt: number; readonly reason: string; readonly isGreeted: boolean }
  /** It will not try again: the server said that trying again cannot help. */
  | { readonly kind: "ended"; readonly reason: string };

export interface SocketListener {
  /** Where to connect; asked at every attempt, because the session and the URL change. */
  address(): string;
  onMessage(message: ServerMessage): void;
  onFrame(frame: Frame): void;
  onConnection(connection: Connection): void;
}

const FIRST_BOUND_MS = 500;
const LAST_BOUND_MS = 15_000;
/** The server sends a heartbeat after a few quiet seconds; after this long, nobody is there. */
const SILENCE_MS = 20_000;

/** Codes after which the same client would only be refused again; 4000 and above are the server's own final answers. */
const FINAL_CODES = new Set([1002, 1003, 1007, 1008, 1009]);

export function isFinal(code: number): boolean {
  return FINAL_CODES.has(code) || (code >= 4000 && code < 5000);
}

/** The longest wait before attempt 1, 2, …, in milliseconds. */
export function waitBound(attempt: number): number {
  return Math.min(LAST_BOUND_MS, FIRST_BOUND_MS * 2 ** (attempt - 1));
}

export class RunSocket {
  readonly #listener: SocketListener;
  readonly #random: () => number;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #isGreeted = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: SocketListener, random: () => number = Math.random) {
    this.#listener = listener;
    this.#random = random;
  }

  /** Connect now; also cuts a wait short, for example when the network is back. */
  connect(): void {
    if (this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#listener.onConnection({ kind: "connecting" });
    const socket = new WebSocket(this.#listener.address());
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#isGreeted = false;
    socket.onopen = () => this.#listen(socket);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code, event.reason);
    this.#expectNoise(socket);
  }

  /** Close for good, and say why. */
  end(reason: string): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#listener.onConnection({ kind: "ended", reason });
  }

  /** Send a message if the socket is open; false if it is not. */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #listen(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#listener.onConnection({ kind: "open" });
  }

  #receive(socket: WebSocket, data: string | ArrayBuffer): void {
    if (socket !== this.#socket) return;
    this.#expectNoise(socket);
    if (typeof data === "string") {
      const message = JSON.parse(data) as ServerMessage;
      // Only an answer shows that the server is well: one that accepts and hangs up is still waited for longer and longer.
      if (message.op === "hello") {
        this.#attempt = 0;
        this.#isGreeted = true;
      }
      this.#listener.onMessage(message);
      return;
    }
    const frame = decodeFrame(data);
    // At receipt, not after drawing: a hidden tab draws nothing and still must not hold the server back.
    this.send({ op: "ack", seq: frame.header.seq });
    this.#listener.onFrame(frame);
  }

  #expectNoise(socket: WebSocket): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      socket.close();
      // A dead network answers no closing handshake either, so the close is not waited for.
      this.#closed(socket, 1006, "");
    }, SILENCE_MS);
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#silence);
    if (isFinal(code)) {
      this.#listener.onConnection({ kind: "ended", reason: reason || `the server closed the connection (${code})` });
      return;
    }
    this.#attempt += 1;
    this.#listener.onConnection({ kind: "waiting", attempt: this.#attempt, reason, isGreeted: this.#isGreeted });
    this.#retry = setTimeout(() => this.connect(), this.#random() * waitBound(this.#attempt));
  }
}
