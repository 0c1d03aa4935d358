import { afterEach, describe, expect, test, vi } from "vitest";
import { askAtTheDoor, UNREACHABLE, versionTrouble } from "./door";
import { PROTOCOL_VERSION } from "./generated";

function answers(body: string, status = 200, type = "application/json"): void {
  vi.stubGlobal("fetch", async () => new Response(body, { status, headers: { "Content-Type": type } }));
}

const door = (said: object) => JSON.stringify({ protocol: PROTOCOL_VERSION, is_ready: true, refusal: null, ...said });

afterEach(() => vi.unstubAllGlobals());

describe("why there is no connection", () => {
  test("a refusal is said in the server's own words", async () => {
    answers(door({ refusal: "All 3 runs of this server are taken." }));
    expect(await askAtTheDoor("api/door", false)).toBe("All 3 runs of this server are taken.");
  });

  test("a door that is open where no socket gets through is a proxy's doing", async () => {
    answers(door({}));
    expect(await askAtTheDoor("api/door", false)).toContain("Upgrade");
  });

  test("a socket that is through waits for its run, of which there is nothing to say", async () => {
    answers(door({}));
    expect(await askAtTheDoor("api/door", true)).toBeNull();
  });

  test("a worker that starts is said, through or not", async () => {
    answers(door({ is_ready: false }));
    expect(await askAtTheDoor("api/door", true)).toContain("is starting");
  });

  test("a plain sentence of an HTTP error is the server's, anything else is somebody else's", async () => {
    answers("This server is not 'x'; PCVIZ_ALLOWED_HOSTS can add a name.", 400, "text/plain; charset=utf-8");
    expect(await askAtTheDoor("api/door", false)).toContain("PCVIZ_ALLOWED_HOSTS");
    answers("<html>Bad gateway</html>", 502, "text/html");
    expect(await askAtTheDoor("api/door", false)).toContain("HTTP 502");
    answers("<html>Welcome</html>", 200, "text/html");
    expect(await askAtTheDoor("api/door", false)).toContain("Something other than a pcviz server");
  });

  test("silence is said too", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("failed");
    });
    expect(await askAtTheDoor("api/door", false)).toBe(UNREACHABLE);
  });

  test("a newer server asks for a reload, an older one for a restart", () => {
    expect(versionTrouble(PROTOCOL_VERSION)).toBeNull();
    expect(versionTrouble(PROTOCOL_VERSION + 1)).toContain("newer");
    expect(versionTrouble(PROTOCOL_VERSION - 1)).toContain("older");
    expect(versionTrouble(undefined)).toContain("older");
  });
});
