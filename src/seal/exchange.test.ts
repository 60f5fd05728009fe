import { describeExchange } from './exchange.conformance.ts';

describeExchange('BFV, n = 4096', {
  n: 4096,
  bits: [36, 36, 37],
  t: 40961,
  profile: 'hes2018',
  scale: 1,
  tolerance: 0,
});
describeExchange('CKKS, n = 8192', { n: 8192, bits: [46, 40, 40, 46], scale: 2 ** 38, tolerance: 2 ** -12 });
