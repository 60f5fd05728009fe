import { describe } from 'vitest';
import { describeExchange } from './exchange.conformance.ts';

/** Every operation and every way of saving, over ring degrees, lengths of the chain and sizes of primes. */
describe('the whole matrix', () => {
  const isThorough = true;
  const ckks = { scale: 2 ** 38, tolerance: 2 ** -12, isThorough };
  const bfv = { scale: 1, tolerance: 0, isThorough };
  describeExchange('CKKS, n = 8192', { n: 8192, bits: [46, 40, 40, 46], ...ckks });
  describeExchange('CKKS, n = 8192, the table of 2018', {
    n: 8192,
    bits: [44, 43, 43, 43, 45],
    profile: 'hes2018',
    ...ckks,
    scale: 2 ** 40,
  });
  describeExchange('CKKS, n = 16384', { n: 16384, bits: [47, 42, 42, 42, 42, 47], ...ckks, scale: 2 ** 42 });
  describeExchange('CKKS, primes of 49 bits', { n: 8192, bits: [49, 49, 49, 49], ...ckks, scale: 2 ** 48 });
  describeExchange('BFV, n = 4096', { n: 4096, bits: [36, 36, 37], t: 65537, profile: 'hes2018', ...bfv });
  describeExchange('BFV, n = 8192', { n: 8192, bits: [43, 43, 43, 44, 44], t: 1032193, profile: 'hes2018', ...bfv });
  describeExchange('BFV, primes of 49 bits', { n: 8192, bits: [49, 49, 49, 49], t: 16760833, ...bfv });
  describeExchange('BFV, n = 16384', { n: 16384, bits: [47, 47, 47, 47, 47, 47], t: 786433, ...bfv });
});
