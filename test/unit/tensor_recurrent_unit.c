/*-------------------------------------------------------------------------
 *
 * tensor_recurrent_unit.c
 *	  LSTM, GRU and RNN against plain loops in double.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

/* One direction of LSTM, number by number. */
static void
plain_lstm(int direction, bool backwards, int64_t s, int64_t n, int64_t in, int64_t h, double *y)
{
	static double state[64];
	static double cell[64];
	static double gate[256];

	for (int64_t b = 0; b < n; b++)
	{
		memset(state, 0, sizeof(state));
		memset(cell, 0, sizeof(cell));
		for (int64_t step = 0; step < s; step++)
		{
			int64_t		time = backwards ? s - 1 - step : step;

			for (int64_t g = 0; g < 4 * h; g++)
			{
				size_t		row = (size_t) (direction * 4 * h + g);

				gate[g] = get(&t.in[3], (size_t) (direction * 8 * h + g)) +
					get(&t.in[3], (size_t) (direction * 8 * h + 4 * h + g));
				for (int64_t i = 0; i < in; i++)
					gate[g] += get(&t.in[1], row * (size_t) in + (size_t) i) *
						get(&t.in[0], (size_t) ((time * n + b) * in + i));
				for (int64_t i = 0; i < h; i++)
					gate[g] += get(&t.in[2], row * (size_t) h + (size_t) i) * state[i];
			}
			for (int64_t i = 0; i < h; i++)
			{
				double		forget = 1 / (1 + exp(-gate[2 * h + i]));

				cell[i] = forget * cell[i] + tanh(gate[3 * h + i]) / (1 + exp(-gate[i]));
				state[i] = tanh(cell[i]) / (1 + exp(-gate[h + i]));
				y[((time * 2 + direction) * n + b) * h + i] = state[i];
			}
		}
	}
}

TEST(lstm)
{
	static double y[100000];

	for (int round = 0; round < 40; round++)
	{
		int64_t		s = pick(1, 6);
		int64_t		n = pick(1, 6);
		int64_t		in = pick(1, 9);
		int64_t		h = pick(1, 20);

		begin("LSTM");
		give_shape(MML_ELEMENT_F32, 3, s, n, in);
		give_shape(MML_ELEMENT_F32, 3, 2, 4 * h, in);
		give_shape(MML_ELEMENT_F32, 3, 2, 4 * h, h);
		give_shape(MML_ELEMENT_F32, 2, 2, 8 * h, 0);
		for (int k = 1; k < 3; k++)
			for (size_t i = 0; i < t.in[k].count; i++)
				put(&t.in[k], i, get(&t.in[k], i) / 10);
		set_text("direction", "bidirectional");
		set_int("hidden_size", h);
		CHECK(operate(3) == NULL);
		plain_lstm(0, false, s, n, in, h, y);
		plain_lstm(1, true, s, n, in, h, y);
		for (size_t i = 0; i < t.out[0].count; i++)
			CHECK_NEAR(get(&t.out[0], i), y[i], 1e-5);
		for (int64_t i = 0; i < n * h; i++)
		{
			CHECK_NEAR(get(&t.out[1], (size_t) i), y[((s - 1) * 2 * n) * h + i], 1e-5);
			CHECK_NEAR(get(&t.out[1], (size_t) (n * h + i)), y[n * h + i], 1e-5);
		}
	}
}

/* An input of weights: small, so that states do not saturate. */
static void
give_weights(int rank, int64_t a, int64_t b, int64_t c)
{
	MmlTensor  *w = give_shape(MML_ELEMENT_F32, rank, a, b, c);

	for (size_t i = 0; i < w->count; i++)
		put(w, i, get(w, i) / 5);
}

/* Row g of the weights of a direction times x and the state, and both biases of it, apart. */
static void
plain_gate(int64_t gates, int64_t direction, int64_t g, size_t x, int64_t in, int64_t h, const double *state,
		   double *of_x, double *of_state)
{
	size_t		row = (size_t) (direction * gates * h + g);

	*of_x = get(&t.in[3], (size_t) (direction * 2 * gates * h + g));
	*of_state = get(&t.in[3], (size_t) (direction * 2 * gates * h + gates * h + g));
	for (int64_t i = 0; i < in; i++)
		*of_x += get(&t.in[1], row * (size_t) in + (size_t) i) * get(&t.in[0], x + (size_t) i);
	for (int64_t i = 0; i < h; i++)
		*of_state += get(&t.in[2], row * (size_t) h + (size_t) i) * state[i];
}

/*
 * RNN and GRU, bidirectional, from a given state, each sequence of its own
 * length: what lies behind its end is 0.
 */
TEST(rnn_and_gru)
{
	static double state[64];
	static double next[64];

	for (int round = 0; round < 120; round++)
	{
		bool		gru = round % 2 == 0;
		bool		reset_first = pick(0, 1) == 0;
		int64_t		gates = gru ? 3 : 1;
		int64_t		s = pick(1, 6);
		int64_t		n = pick(1, 4);
		int64_t		in = pick(1, 9);
		int64_t		h = pick(1, 20);
		MmlTensor  *lengths;

		begin(gru ? "GRU" : "RNN");
		give_shape(MML_ELEMENT_F32, 3, s, n, in);
		give_weights(3, 2, gates * h, in);
		give_weights(3, 2, gates * h, h);
		give_weights(2, 2, 2 * gates * h, 0);
		lengths = give(MML_ELEMENT_I32, 1, &n);
		for (size_t b = 0; b < (size_t) n; b++)
			put(lengths, b, pick(1, (int) s));
		give_shape(MML_ELEMENT_F32, 3, 2, n, h);
		set_text("direction", "bidirectional");
		set_int("hidden_size", h);
		if (gru)
			set_int("linear_before_reset", !reset_first);
		CHECK(operate(2) == NULL);
		for (int64_t row = 0; row < 2 * n; row++)
		{
			int64_t		d = row / n;
			int64_t		b = row % n;
			int64_t		length = (int64_t) get(lengths, (size_t) b);

			for (int64_t i = 0; i < h; i++)
				state[i] = get(&t.in[5], (size_t) (row * h + i));
			for (int64_t step = 0; step < s; step++)
			{
				int64_t		time = d == 1 && step < length ? length - 1 - step : step;
				size_t		x = (size_t) ((time * n + b) * in);
				size_t		y = (size_t) (((time * 2 + d) * n + b) * h);

				for (int64_t i = 0; step < length && i < h; i++)
				{
					double		part[3][2];
					double		gated[64];
					double		reset;
					double		update;

					for (int64_t g = 0; g < gates; g++)
						plain_gate(gates, d, g * h + i, x, in, h, state, &part[g][0], &part[g][1]);
					if (!gru)
					{
						next[i] = tanh(part[0][0] + part[0][1]);
						continue;
					}
					update = 1 / (1 + exp(-part[0][0] - part[0][1]));
					reset = 1 / (1 + exp(-part[1][0] - part[1][1]));
					part[2][1] *= reset;
					if (reset_first)
					{
						double		unused[2];

						for (int64_t j = 0; j < h; j++)
						{
							plain_gate(gates, d, h + j, x, in, h, state, &unused[0], &unused[1]);
							gated[j] = state[j] / (1 + exp(-unused[0] - unused[1]));
						}
						plain_gate(gates, d, 2 * h + i, x, in, h, gated, &part[2][0], &part[2][1]);
					}
					next[i] = (1 - update) * tanh(part[2][0] + part[2][1]) + update * state[i];
				}
				for (int64_t i = 0; i < h; i++)
				{
					if (step < length)
						state[i] = next[i];
					CHECK_NEAR(get(&t.out[0], y + (size_t) i), step < length ? state[i] : 0, 1e-5);
				}
			}
			for (int64_t i = 0; i < h; i++)
				CHECK_NEAR(get(&t.out[1], (size_t) (row * h + i)), state[i], 1e-5);
		}
	}
}
