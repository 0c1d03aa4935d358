import { beforeEach, expect, test, vi } from "vitest";
import { keepSession, sessionOfTab } from "./tabSession";

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});

test("a tab comes back to its run at the same address, and to no run at another", () => {
  keepSession("abc", "?depth=8");
  expect(sessionOfTab("?depth=8")).toBe("abc");
  expect(sessionOfTab("?depth=16")).toBeNull();
});

test("a tab without a run keeps the one it had", () => {
  keepSession("abc", "?depth=8");
  keepSession(null, "?depth=8");
  expect(sessionOfTab("?depth=8")).toBe("abc");
});

test("what is no session is none, and forbidden storage is no error", () => {
  stored.set("pcviz.session", "{");
  expect(sessionOfTab("")).toBeNull();
  stored.set("pcviz.session", '{"session": 3, "query": ""}');
  expect(sessionOfTab("")).toBeNull();
  vi.stubGlobal("sessionStorage", undefined);
  expect(sessionOfTab("")).toBeNull();
  keepSession("abc", "");
});
