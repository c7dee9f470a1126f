import { failure } from '../../errors/catalogue.ts';
import type { Variable } from '../variable.ts';

/**
 * A variable of EuroCopilot's templates for which this version has no use: checked, warned of and otherwise
 * ignored, so that a wrong value does not keep the VM from coming up. Forms do not ask for it.
 * @param matters Whether the value asks for anything; EuroCopilot's form always writes LB_ENABLED.
 */
export function notYet<Value>(
  variable: Variable<Value>,
  matters: (value: Value) => boolean = () => true,
): Variable<Value> {
  return {
    ...variable,
    offered: false,
    help: `${variable.help} Needs several VMs, which this version does not support: accepted and ignored.`,
    read(raw) {
      const reading = variable.read(raw);
      const ignored = failure('CONTEXT_NOT_YET', { variable: variable.name });
      if ('problems' in reading) {
        return { value: variable.default, warnings: [...reading.problems, ignored] };
      }
      return matters(reading.value) ? { value: reading.value, warnings: [ignored] } : reading;
    },
  };
}
