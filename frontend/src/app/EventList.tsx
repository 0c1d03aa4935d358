/** Everything that happened to the run, newest first, with the marks that the clock and the Learning chart carry. */

import type { LoggedEvent } from "../store/events";
import type { Live } from "../store/live";

export function EventList({ live }: { live: Live }) {
  const events = live.log.events.value;
  return (
    <section class="events" aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      <ol class="event-list" reversed>
        {events.toReversed().map((event) => (
          <Entry key={event.id} event={event} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ event }: { event: LoggedEvent }) {
  const [change, when] = splitAtLastComma(event.detail);
  return (
    <li data-kind={event.kind}>
      <span class="event-mark" data-kind={event.kind}>
        {event.mark}
      </span>
      <span class="event-when" title={`learning step ${event.learnStep}, inference step ${event.inferStep}`}>
        <i class="maths">k</i> {event.learnStep}
        <br />
        <i class="maths">t</i> {event.inferStep}
      </span>
      <span class="event-what">
        {event.title}
        <br />
        {event.kind === "change" ? (
          <>
            <b>{change}</b>, {when}
          </>
        ) : (
          <span class="aside">{event.detail}</span>
        )}
      </span>
    </li>
  );
}

function splitAtLastComma(text: string): [string, string] {
  const at = text.lastIndexOf(", ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 2)];
}
