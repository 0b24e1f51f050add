//! Typed ids that index dense arrays, sets of states as bit masks, and the limits of a scenario.

use crate::numeric::lanes;
use std::fmt;

/// Largest number of states in a scenario: sets of states are 16-bit masks.
pub const MAX_STATES: usize = 16;

/// Largest number of bodies of an organisation: one for every pair of states.
pub const MAX_BODIES: usize = MAX_STATES * (MAX_STATES - 1) / 2;

/// Largest number of nodes in a river basin: sets of nodes are 64-bit masks.
pub const MAX_NODES: usize = 64;

/// Largest number of obligations in a scenario.
pub const MAX_SLOTS: usize = 1024;

/// Largest number of domains in a scenario.
pub const MAX_DOMAINS: usize = 16;

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);
        impl $name {
            /// Returns the position in the dense array that this id indexes.
            #[inline(always)]
            pub fn index(self) -> usize {
                self.0 as usize
            }
            /// Returns the id at a position of its dense array.
            pub fn at(index: usize) -> Self {
                Self(u16::try_from(index).unwrap_or_else(|_| unreachable!("more than 65,535 of \
                    {}", stringify!($name))))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), " {}"), self.0)
            }
        }
    };
}

dense_id!(
    /// A state, in the order of the scenario's `states` table.
    StateId
);
dense_id!(
    /// A domain: one subject of negotiation (a river basin, trade, a stage game).
    DomainId
);
dense_id!(
    /// An obligation slot: the fixed position of one obligation, with its own draws in every year.
    SlotId
);

/// A set of states, as a bit mask: bit i is state i.
///
/// ```
/// use consortia::ids::Members;
///
/// let two: Members = [0, 3].into_iter().collect();
/// assert!(two.contains(3) && two.len() == 2);
/// assert_eq!(two.with(1).without(0).iter().collect::<Vec<_>>(), [1, 3]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Members(pub u16);

impl Members {
    /// The empty set.
    pub const NONE: Members = Members(0);

    /// Returns the set of the first `n` states.
    pub fn first(n: usize) -> Self {
        Members(((1u32 << n) - 1) as u16)
    }
    /// Returns whether a state belongs to the set.
    #[inline(always)]
    pub fn contains(self, state: usize) -> bool {
        self.0 >> state & 1 == 1
    }
    /// Returns the set with a state added.
    #[inline(always)]
    #[must_use]
    pub fn with(self, state: usize) -> Self {
        Members(self.0 | 1 << state)
    }
    /// Returns the set with a state removed.
    #[inline(always)]
    #[must_use]
    pub fn without(self, state: usize) -> Self {
        Members(self.0 & !(1 << state))
    }
    /// Returns, by lane, 1 where the set of the lane contains a state, else 0.
    #[inline(always)]
    pub fn mask<const L: usize>(sets: &[Members; L], state: usize) -> [f64; L] {
        lanes(|l| if sets[l].contains(state) { 1.0 } else { 0.0 })
    }
    /// Returns, by lane, 1 where the set of the lane contains all states of this set, else 0.
    #[inline(always)]
    pub fn within<const L: usize>(self, sets: &[Members; L]) -> [f64; L] {
        lanes(|l| if self.0 & !sets[l].0 == 0 { 1.0 } else { 0.0 })
    }
    /// Returns the states in both sets.
    #[must_use]
    pub fn and(self, other: Members) -> Self {
        Members(self.0 & other.0)
    }
    /// Returns the number of states in the set.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }
    /// Returns whether the set contains no state.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Iterates over the states of the set in ascending order.
    #[inline(always)]
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = u32::from(self.0); // a full machine word: fewer instructions
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let next = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(next)
        })
    }
}

impl FromIterator<usize> for Members {
    fn from_iter<I: IntoIterator<Item = usize>>(states: I) -> Self {
        states.into_iter().fold(Members::NONE, Members::with)
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lists_its_states_in_ascending_order() {
        let set: Members = [4, 0, 2].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(set.without(2).len(), 2);
        assert!(Members::first(16).contains(15));
        assert!(Members::NONE.is_empty());
    }
}
