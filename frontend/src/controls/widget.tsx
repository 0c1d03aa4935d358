/** What every widget of a control shares: the sentence of a refusal, and the ids that tie the parts together. */

import { sentenceHtml } from "../draw/words";
import type { Control, Value } from "../protocol/catalogue";
import type { ControlState } from "../store/controls";

export type Setter = (value: Value) => void;

export const fieldId = (control: Control): string => `control-${control.name}`;
export const complaintId = (control: Control): string => `control-${control.name}-complaint`;

/** The server's sentence about a value that it refused, near the control. */
export function Complaint({ state }: { state: ControlState }) {
  if (state.complaint.value === null) return null;
  return (
    <p class="complaint" id={complaintId(state.control)} role="alert">
      {state.complaint.value}
    </p>
  );
}

/** A change that a value asks for, of whatever control. */
export interface Offer {
  readonly text: string;
  readonly why: string;
  readonly accept: () => void;
}

export function OfferButton({ offer: { text, why, accept } }: { offer: Offer }) {
  return (
    <button type="button" class="offer" title={why} onClick={accept}>
      {text}
      <span class="unseen">. {why}</span>
    </button>
  );
}

/** The server's sentence about what a value means in this run, under the control, with the reasons behind "why". */
export function Note({ sentence }: { sentence: string | null }) {
  if (sentence === null) return null;
  const [plain = "", ...why] = sentence.split("\n");
  return (
    <div class="control-note" key={sentence}>
      <p dangerouslySetInnerHTML={{ __html: sentenceHtml(plain) }} />
      {why.length > 0 && (
        <details>
          <summary>why</summary>
          <p dangerouslySetInnerHTML={{ __html: sentenceHtml(why.join(" ")) }} />
        </details>
      )}
    </div>
  );
}
