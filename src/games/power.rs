//! Exact voting power in a weighted body: Banzhaf, Shapley–Shubik, and the power of the body to act
//! (Coleman 1971).
//!
//! All coalitions are enumerated for up to [`ENUMERATED`] members; beyond, generating functions
//! over votes are used (Mann and Shapley 1962).

use num_bigint::BigInt;
use num_rational::BigRational;

/// Largest number of members for which every coalition is enumerated.
pub const ENUMERATED: usize = 20;
/// Largest number of members: counts of coalitions stay below 2¹²⁷.
pub const MOST_MEMBERS: usize = 120;
/// Largest table of a generating function: members × quota.
const LARGEST_TABLE: u128 = 40_000_000;

/// A body that decides by weighted votes: a coalition wins with `quota` votes or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Votes of each member.
    pub weights: Vec<u64>,
    /// Votes needed to win.
    pub quota: u64,
}

/// Reasons why the voting power of a body cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PowerError {
    /// The body has no members.
    #[error("a body needs a member")]
    NoMembers,
    /// The body has too many members to count exactly.
    #[error("{0} members are too many: up to {MOST_MEMBERS} are counted exactly")]
    TooMany(usize),
    /// The quota is 0, so that every coalition wins.
    #[error("the quota must be above 0")]
    NoQuota,
    /// The quota exceeds all votes, so that no coalition wins.
    #[error("a quota of {quota} cannot be reached: all votes together are {votes}")]
    OutOfReach {
        /// Votes needed.
        quota: u64,
        /// Sum of all votes.
        votes: u128,
    },
    /// The table of the generating function would be too large.
    #[error(
        "{members} members and a quota of {quota} votes need too large a table: divide the weights \
         by a common factor"
    )]
    TooLarge {
        /// Number of members.
        members: usize,
        /// Votes needed.
        quota: u64,
    },
}

/// Voting power in a body, as exact fractions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VotingPower {
    /// Banzhaf index of each member: its share of all swings.
    pub banzhaf: Vec<BigRational>,
    /// Penrose's measure: the chance that a member is decisive when all others vote at random.
    pub penrose: Vec<BigRational>,
    /// Shapley–Shubik index: the chance that a member's vote is the one that reaches the quota,
    /// over all orders.
    pub shapley_shubik: Vec<BigRational>,
    /// Number of winning coalitions.
    pub winning: BigInt,
    /// Share of coalitions that win (Coleman 1971).
    pub power_to_act: BigRational,
}

/// Computes voting power in a body as exact fractions.
///
/// # Errors
///
/// Fails if no coalition or every coalition wins, or if there are no members, too many members or
/// too many votes.
///
/// ```
/// use consortia::games::{Body, voting_power};
///
/// let power = voting_power(&Body { weights: vec![50, 49, 1], quota: 51 })?;
/// assert_eq!(power.winning, 3u32.into());
/// # Ok::<(), consortia::games::PowerError>(())
/// ```
pub fn voting_power(body: &Body) -> Result<VotingPower, PowerError> {
    let n = body.weights.len();
    let votes: u128 = body.weights.iter().map(|weight| u128::from(*weight)).sum();
    match n {
        0 => return Err(PowerError::NoMembers),
        n if n > MOST_MEMBERS => return Err(PowerError::TooMany(n)),
        _ if body.quota == 0 => return Err(PowerError::NoQuota),
        _ if u128::from(body.quota) > votes => {
            return Err(PowerError::OutOfReach { quota: body.quota, votes });
        }
        _ => {}
    }
    let (swings, losing) = if n <= ENUMERATED { enumerate(body) } else { generate(body)? };
    let factorials: Vec<BigInt> = (0..=n)
        .scan(BigInt::from(1), |product, k| {
            *product *= BigInt::from(k.max(1));
            Some(product.clone())
        })
        .collect();
    let all = BigInt::from(1) << n;
    let counts: Vec<BigInt> = swings
        .iter()
        .map(|by_size| by_size.iter().map(|count| BigInt::from(*count)).sum())
        .collect();
    let total: BigInt = counts.iter().sum();
    let others = BigInt::from(1) << (n - 1);
    let shapley_shubik = swings
        .iter()
        .map(|by_size| {
            let orders: BigInt = by_size
                .iter()
                .enumerate()
                .map(|(size, count)| {
                    BigInt::from(*count) * &factorials[size] * &factorials[n - 1 - size]
                })
                .sum();
            BigRational::new(orders, factorials[n].clone())
        })
        .collect();
    let winning = &all - BigInt::from(losing);
    Ok(VotingPower {
        banzhaf: counts
            .iter()
            .map(|count| BigRational::new(count.clone(), total.clone()))
            .collect(),
        penrose: counts.into_iter().map(|count| BigRational::new(count, others.clone())).collect(),
        shapley_shubik,
        power_to_act: BigRational::new(winning.clone(), all),
        winning,
    })
}

/// Swings of each member by size of the coalition it joins, and the number of losing coalitions.
type Counts = (Vec<Vec<u128>>, u128);

fn enumerate(body: &Body) -> Counts {
    let n = body.weights.len();
    let mut votes = vec![0u64; 1 << n];
    let (mut swings, mut losing) = (vec![vec![0u128; n]; n], 0);
    for bits in 0..votes.len() {
        if bits > 0 {
            votes[bits] = votes[bits & (bits - 1)]
                .saturating_add(body.weights[bits.trailing_zeros() as usize]);
        }
        if votes[bits] >= body.quota {
            continue;
        }
        losing += 1;
        for (member, swings) in swings.iter_mut().enumerate() {
            let joined = votes[bits].saturating_add(body.weights[member]);
            if bits >> member & 1 == 0 && joined >= body.quota {
                swings[bits.count_ones() as usize] += 1;
            }
        }
    }
    (swings, losing)
}

fn generate(body: &Body) -> Result<Counts, PowerError> {
    let n = body.weights.len();
    if u128::from(body.quota) * n as u128 > LARGEST_TABLE {
        return Err(PowerError::TooLarge { members: n, quota: body.quota });
    }
    let quota = body.quota as usize;
    // Losing coalitions by size and votes: `ways[size * quota + votes]`.
    let mut ways = vec![0u128; (n + 1) * quota];
    ways[0] = 1;
    for (known, &weight) in body.weights.iter().enumerate() {
        let weight = weight.min(body.quota) as usize;
        for size in (0..=known).rev() {
            for votes in (weight..quota).rev() {
                ways[(size + 1) * quota + votes] += ways[size * quota + votes - weight];
            }
        }
    }
    let losing = ways.iter().sum();
    let mut swings = vec![vec![0u128; n]; n];
    let mut without = vec![0u128; n * quota];
    for (member, swings) in swings.iter_mut().enumerate() {
        let weight = body.weights[member].min(body.quota) as usize;
        for size in 0..n {
            for votes in 0..quota {
                let with = if size > 0 && votes >= weight {
                    without[(size - 1) * quota + votes - weight]
                } else {
                    0
                };
                without[size * quota + votes] = ways[size * quota + votes] - with;
            }
            swings[size] =
                without[size * quota + (quota - weight)..(size + 1) * quota].iter().sum();
        }
    }
    Ok((swings, losing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fractions(values: &[BigRational]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }

    proptest! {
        #[test]
        fn both_ways_of_counting_agree_and_indices_add_up(
            weights in proptest::collection::vec(0u64..30, 1..9),
            part in 0.01f64..1.0,
        ) {
            let votes: u64 = weights.iter().sum();
            prop_assume!(votes > 0);
            let body = Body { weights, quota: ((part * votes as f64).ceil() as u64).clamp(1,
                votes) };
            prop_assert_eq!(enumerate(&body), generate(&body).unwrap_or_default());
            let Ok(power) = voting_power(&body) else { return Err(TestCaseError::fail("valid")) };
            let one = BigRational::from_integer(1.into());
            prop_assert_eq!(power.banzhaf.iter().sum::<BigRational>(), one.clone());
            prop_assert_eq!(power.shapley_shubik.iter().sum::<BigRational>(), one);
        }
    }

    #[test]
    fn fifty_equal_members_have_equal_power() {
        let Ok(power) = voting_power(&Body { weights: vec![3; 50], quota: 76 }) else {
            panic!("valid")
        };
        assert!(fractions(&power.shapley_shubik).iter().all(|share| share == "1/50"));
    }

    #[test]
    fn bodies_in_which_nothing_is_decided_are_refused() {
        let power =
            |weights: &[u64], quota| voting_power(&Body { weights: weights.to_vec(), quota });
        assert_eq!(power(&[], 1), Err(PowerError::NoMembers));
        assert_eq!(power(&[1, 2], 0), Err(PowerError::NoQuota));
        assert_eq!(power(&[1, 2], 4), Err(PowerError::OutOfReach { quota: 4, votes: 3 }));
        assert_eq!(power(&[1; 121], 4), Err(PowerError::TooMany(121)));
        assert!(matches!(
            power(&[1_000_000_000; 30], 20_000_000_000),
            Err(PowerError::TooLarge { .. })
        ));
    }
}
