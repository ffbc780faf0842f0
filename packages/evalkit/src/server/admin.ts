// Administration is the routes that are no API's: bills, faults, and moving all jobs to their end.
import { ApiError } from './api-error.ts';
import { type Call, ok, type Reply } from './call.ts';
import type { Desk } from './routes.ts';
import type { Services } from './services.ts';

function billing(desk: Desk, services: Services): Reply {
  const byProtocol = desk.creates();
  const creates = Object.values(byProtocol).reduce((sum, count) => sum + count, 0);
  return ok({
    ...services.billing.summary(),
    creates,
    createsByProtocol: byProtocol,
    unfinished: desk.unfinished(),
  });
}

/**
 * Answers a path that begins with `/_`: GET /_billing, GET, POST and DELETE /_faults, POST /_settle.
 * @throws ApiError for any other
 */
export async function administer(call: Call, desk: Desk, services: Services): Promise<Reply> {
  switch (`${call.method} ${call.path}`) {
    case 'GET /_billing':
      return billing(desk, services);
    case 'POST /_settle':
      await desk.settle();
      return billing(desk, services);
    case 'GET /_faults':
      return ok(services.faults.left);
    case 'POST /_faults': {
      const value: unknown = JSON.parse(call.body.toString('utf8'));
      services.faults.add(Array.isArray(value) ? value : [value]);
      return ok(services.faults.left);
    }
    case 'DELETE /_faults':
      services.faults.clear();
      return ok([]);
    default:
      throw new ApiError('missing', `there is no ${call.method} ${call.path}`);
  }
}
