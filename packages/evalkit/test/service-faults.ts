// Service faults are the ways in which a test's service misbehaves, each a number of times.

export interface ServiceFault {
  readonly kind:
    | 'rate-limit'
    | 'server-error'
    | 'server-error-after'
    | 'drop-before'
    | 'drop-after'
    | 'unauthorized'
    | 'forbidden'
    | 'enqueued-limit'
    | 'truncate'
    | 'wrong-length'
    | 'drop-rows'
    | 'duplicate-rows'
    | 'foreign-rows'
    | 'reorder-rows'
    | 'url-expired'
    | 'output-missing'
    | 'row-errors'
    | 'no-output'
    | 'job-fails'
    | 'job-expires'
    | 'empty-error-file-id'
    | 'error-lines'
    | 'external-url'
    | 'list-lag';
  /** A part of the call it strikes at, `POST /v1/batches`; without it, at the first that suits. */
  readonly call?: string;
  readonly times?: number;
  /** Status of a row error. */
  readonly status?: number;
}

export class ServiceFaults {
  #left: ServiceFault[] = [];

  add(...faults: readonly ServiceFault[]): void {
    this.#left.push(...faults);
  }

  get left(): readonly ServiceFault[] {
    return this.#left;
  }

  /** Takes a fault of one of these kinds that strikes at a call; it has then struck once. */
  take(kinds: readonly ServiceFault['kind'][], call = ''): ServiceFault | undefined {
    const at = this.#left.findIndex(
      (fault) => kinds.includes(fault.kind) && (fault.call === undefined || call.includes(fault.call)),
    );
    const fault = this.#left[at];
    if (fault === undefined) return undefined;
    const times = (fault.times ?? 1) - 1;
    this.#left.splice(at, 1, ...(times > 0 ? [{ ...fault, times }] : []));
    return fault;
  }
}
