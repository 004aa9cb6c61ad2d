//! Networks that need no data: graphs of textbooks, and two stand-ins for a brain's wiring, each made from one or two numbers and
//! the same to the last bit on every machine. Knows no files and no studies.

mod brain;
mod graph;
mod sphere;

use super::{MOST_NODES, Matrix};

/// A family of networks.
#[derive(Debug)]
pub struct Generator {
    /// What a study calls it.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// The numbers that it takes, in order, with the least value of each.
    pub numbers: &'static [(&'static str, usize)],
    nodes: fn(&[usize]) -> Option<usize>,
    make: fn(&[usize]) -> Matrix,
}

const GENERATORS: [Generator; 10] = [
    Generator {
        name: "ring",
        meaning: "n nodes, each joined to the two beside it",
        numbers: &[("n", 3)],
        nodes: first,
        make: |numbers| graph::ring(numbers[0]),
    },
    Generator {
        name: "path",
        meaning: "n nodes in a row, each joined to those beside it",
        numbers: &[("n", 2)],
        nodes: first,
        make: |numbers| graph::path(numbers[0]),
    },
    Generator {
        name: "star",
        meaning: "n nodes, the first joined to all others",
        numbers: &[("n", 2)],
        nodes: first,
        make: |numbers| graph::star(numbers[0]),
    },
    Generator {
        name: "complete",
        meaning: "n nodes, each joined to all others",
        numbers: &[("n", 2)],
        nodes: first,
        make: |numbers| graph::complete(numbers[0]),
    },
    Generator {
        name: "torus",
        meaning: "n x n nodes on a grid without ends, each joined to the four beside it",
        numbers: &[("n", 3)],
        nodes: |numbers| numbers[0].checked_mul(numbers[0]),
        make: |numbers| graph::torus(numbers[0]),
    },
    Generator {
        name: "hypercube",
        meaning: "2^d corners of a cube of d dimensions, joined along its edges",
        numbers: &[("d", 1)],
        nodes: |numbers| 1_usize.checked_shl(u32::try_from(numbers[0]).ok()?),
        make: |numbers| graph::hypercube(numbers[0]),
    },
    Generator {
        name: "bipartite",
        meaning: "a nodes and b nodes, each joined to all of the other group",
        numbers: &[("a", 1), ("b", 1)],
        nodes: |numbers| numbers[0].checked_add(numbers[1]),
        make: |numbers| graph::bipartite(numbers[0], numbers[1]),
    },
    Generator {
        name: "fib90",
        meaning: "90 nodes on a sphere, joined over short distances: a stand-in for a connectome",
        numbers: &[],
        nodes: |_| Some(sphere::NODES),
        make: |_| sphere::undirected(),
    },
    Generator {
        name: "fib90_directed",
        meaning: "fib90 with spectral radius 1, its weights varied by direction and one in five negative",
        numbers: &[],
        nodes: |_| Some(sphere::NODES),
        make: |_| sphere::directed(),
    },
    Generator {
        name: "brain",
        meaning: "two hemispheres of n nodes together, weights exp(-d/40 mm) up to 64 mm",
        numbers: &[("n", 4)],
        nodes: |numbers| numbers[0].is_multiple_of(2).then_some(numbers[0]),
        make: |numbers| brain::two_hemispheres(numbers[0]),
    },
];

/// Every family.
pub fn generators() -> &'static [Generator] {
    &GENERATORS
}

/// The family of that name.
pub fn generator(name: &str) -> Option<&'static Generator> {
    GENERATORS.iter().find(|generator| generator.name == name)
}

/// The only number of most families.
#[expect(clippy::unnecessary_wraps, reason = "other families have sizes that overflow")]
fn first(numbers: &[usize]) -> Option<usize> {
    Some(numbers[0])
}

/// Why a network cannot be made. The message ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeneratorError {
    /// A number below the least.
    #[error("`{number}` of `{name}` is {value}; give at least {least}")]
    Small {
        /// The family.
        name: &'static str,
        /// The number's name.
        number: &'static str,
        /// Its value.
        value: usize,
        /// The least.
        least: usize,
    },
    /// Two hemispheres of different size.
    #[error("`n` of `{name}` is odd, and its two halves are alike; give an even number")]
    Odd {
        /// The family.
        name: &'static str,
    },
    /// More nodes than are read.
    #[error("this `{name}` is too large; a network has at most {MOST_NODES} nodes")]
    Large {
        /// The family.
        name: &'static str,
    },
}

impl Generator {
    /// The network of these numbers.
    ///
    /// # Errors
    /// When they are too small, too large, or odd where they must be even.
    ///
    /// # Panics
    /// When there are not as many as [`Generator::numbers`] names.
    pub fn make(&self, numbers: &[usize]) -> Result<Matrix, GeneratorError> {
        let name = self.name;
        assert_eq!(numbers.len(), self.numbers.len(), "the numbers of `{name}`");
        for (&value, &(number, least)) in numbers.iter().zip(self.numbers) {
            if value < least {
                return Err(GeneratorError::Small { name, number, value, least });
            }
            if value > MOST_NODES {
                return Err(GeneratorError::Large { name });
            }
        }
        match (self.nodes)(numbers) {
            Some(nodes) if nodes <= MOST_NODES => Ok((self.make)(numbers)),
            None if name == "brain" => Err(GeneratorError::Odd { name }),
            _ => Err(GeneratorError::Large { name }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_as_many_nodes_as_it_says_and_no_diagonal() {
        for generator in generators() {
            let numbers: Vec<usize> = generator.numbers.iter().map(|&(_, least)| least + 2).collect();
            let matrix = generator.make(&numbers).expect(generator.name);
            assert_eq!(Some(matrix.nodes()), (generator.nodes)(&numbers), "{}", generator.name);
            assert!((0..matrix.nodes()).all(|node| matrix.weight(node, node) == 0.0), "{}", generator.name);
        }
    }

    #[test]
    fn numbers_that_make_no_network_are_refused() {
        let message = |name: &str, numbers: &[usize]| {
            generator(name).expect("a family").make(numbers).expect_err("refused").to_string()
        };
        assert_eq!(message("ring", &[2]), "`n` of `ring` is 2; give at least 3");
        assert_eq!(
            message("brain", &[77]),
            "`n` of `brain` is odd, and its two halves are alike; give an even number"
        );
        for (name, numbers) in
            [("torus", &[65][..]), ("hypercube", &[13]), ("hypercube", &[4000]), ("bipartite", &[4096, 1])]
        {
            assert!(message(name, numbers).contains("at most 4096 nodes"), "{name}");
        }
    }
}
